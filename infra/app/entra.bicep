extension microsoftGraphV1

@description('The name by which later deployments find and update a registration. It must be unique in the tenant.')
param uniqueName string

param displayName string

@description('The page\'s address, to which the sign-in redirects.')
param pageUrl string

@description('Whether sign-in is limited to people who are assigned.')
param restrictToAssignedUsers bool

var scopeName = 'Devices.Decide'
var scopeId = guid(uniqueName, scopeName)
var loginsRole = 'Logins.Manage'

// The deployer, added to the owners of all four objects. Graph makes only a person who signs in the owner of what the person creates; a
// pipeline with Application.ReadWrite.OwnedBy would get a 403 at its second run.
var owners = {
  relationships: [deployer().objectId]
}

// Two registrations, because Entra ID treats an application that requests a token for itself as a special case.
resource page 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: '${uniqueName}-page'
  displayName: '${displayName} page'
  signInAudience: 'AzureADMyOrg'
  owners: owners
  spa: {
    redirectUris: [pageUrl]
  }
}

resource api 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  owners: owners
  identifierUris: ['api://${tenant().tenantId}/${uniqueName}']
  api: {
    // In version 2 tokens, the audience is the client id.
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
    // The page is part of the service, so people are not prompted for consent.
    preAuthorizedApplications: [
      {
        appId: page.appId
        delegatedPermissionIds: [scopeId]
      }
    ]
  }
  // No account has a role until an administrator assigns it. With a single one, the portal would give it to everyone who is assigned, so there
  // is one without rights for people who only sign in.
  appRoles: [
    {
      id: guid(uniqueName, 'Devices.SignIn')
      value: 'Devices.SignIn'
      allowedMemberTypes: ['User']
      isEnabled: true
      displayName: 'Sign in devices'
      description: 'Approves and denies the sign-in of their own devices, where sign-in is limited to assigned people. Gives no other right.'
    }
    {
      id: guid(uniqueName, loginsRole)
      value: loginsRole
      allowedMemberTypes: ['User', 'Application']
      isEnabled: true
      displayName: 'List and end the logins of people'
      description: 'May list and end the logins of the people in the tenant, and those of a client.'
    }
  ]
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
  owners: owners
}

resource apiPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
  appRoleAssignmentRequired: restrictToAssignedUsers
  owners: owners
}

output clientId string = api.appId
output pageClientId string = page.appId
output pageScope string = '${api.appId}/${scopeName}'
