extension microsoftGraphV1

@description('By this name a registration is found again and updated. It must be unique in the tenant.')
param uniqueName string

param displayName string

@description('The page\'s address, to which people come back from signing in.')
param pageUrl string

@description('Whether only people who are assigned may sign in.')
param restrictToAssignedUsers bool

var scopeName = 'Devices.Decide'
var scopeId = guid(uniqueName, scopeName)

// Two registrations, because a client and an API that are one are a special case for Entra ID: it issues such a token by another rule.
resource page 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: '${uniqueName}-page'
  displayName: '${displayName} page'
  signInAudience: 'AzureADMyOrg'
  spa: {
    redirectUris: [pageUrl]
  }
}

resource api 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  identifierUris: ['api://${tenant().tenantId}/${uniqueName}']
  api: {
    // The audience of such tokens is the client id.
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: [
      {
        id: scopeId
        value: scopeName
        type: 'User'
        isEnabled: true
        adminConsentDisplayName: 'Approve and deny sign-ins of devices'
        adminConsentDescription: 'Lets the application see, approve and deny the sign-in of a device on behalf of the signed-in user.'
        userConsentDisplayName: 'Approve and deny sign-ins of your devices'
        userConsentDescription: 'Lets the application see, approve and deny the sign-in of a device on your behalf.'
      }
    ]
    // The page is part of the service, so people need not consent to it.
    preAuthorizedApplications: [
      {
        appId: page.appId
        delegatedPermissionIds: [scopeId]
      }
    ]
  }
  optionalClaims: {
    accessToken: [
      {
        name: 'email'
        essential: false
      }
    ]
  }
}

resource pagePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: page.appId
  appRoleAssignmentRequired: restrictToAssignedUsers
}

resource apiPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
  appRoleAssignmentRequired: restrictToAssignedUsers
}

output clientId string = api.appId
output pageClientId string = page.appId
output pageScope string = '${api.appId}/${scopeName}'
