param functionAppName string

@description('The client id of the app\'s identity.')
param identityClientId string

param applicationInsightsName string
param storageAccountName string
param publicUrl string
param apiKeysUrl string
param clientName string
param clientAddressHeader string
param corsOrigins string[]
param oauthClients object[]
param oauthScopeDescriptions object[]

@description('The tenant whose users may approve.')
param tenantId string

@description('The registration that access tokens are issued for.')
param clientId string

@description('The registration with which the page signs people in; if empty, clientId.')
param pageClientId string

@description('The scope that the page requests; if empty, everything that clientId exposes.')
param pageScope string

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource storageAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

// Settings of the platform and the libraries. None is a secret: they are useless without the app's identity.
var platformSettings = {
  AZURE_CLIENT_ID: identityClientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  AzureWebJobsStorage__blobServiceUri: storageAccount.properties.primaryEndpoints.blob
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The host buffers a body in memory before it calls the worker. With its default of 100 MB, a few clients could exhaust an instance.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '262144'
}

var serviceSettings = {
  DeviceCode__PublicUrl: publicUrl
  DeviceCode__ApiKeysUrl: apiKeysUrl
  DeviceCode__ClientName: clientName
  DeviceCode__ClientAddressHeader: clientAddressHeader
  Storage__Endpoint: storageAccount.properties.primaryEndpoints.table
  AzureAd__Instance: environment().authentication.loginEndpoint
  AzureAd__TenantId: tenantId
  AzureAd__ClientId: clientId
}

var pageSettings = union(
  empty(pageClientId) ? {} : { AzureAd__PageClientId: pageClientId },
  empty(pageScope) ? {} : { AzureAd__PageScope: pageScope }
)

// .NET reads a list as one setting per member.
func settingsOf(prefix string, entries object[]) object =>
  reduce(
    entries,
    {},
    (all, entry, i) =>
      union(all, toObject(items(entry), member => '${prefix}__${i}__${member.key}', member => string(member.value)))
  )

var corsSettings = reduce(corsOrigins, {}, (all, origin, i) => union(all, { 'DeviceCode__CorsOrigins__${i}': origin }))
var oauthSettings = union(
  settingsOf('OAuth__Clients', oauthClients),
  settingsOf('OAuth__ScopeDescriptions', oauthScopeDescriptions)
)

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(platformSettings, serviceSettings, pageSettings, corsSettings, oauthSettings)
  }
}
