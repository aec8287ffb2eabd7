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

@description('The providers of the credential broker, by id; without any, the broker is off.')
param brokerProviders object

param brokerAllowPrivateNetworks bool

@description('The address of the broker\'s vault; empty for none.')
param vaultUri string

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
  AzureWebJobsStorage__queueServiceUri: storageAccount.properties.primaryEndpoints.queue
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
  Storage__QueueEndpoint: storageAccount.properties.primaryEndpoints.queue
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

// One setting per value: the entries of a list are numbered, the members of an object named. Bicep has no test for the type of a value, but
// its JSON shows it.
func settingsOfMember(prefix string, member object) object =>
  startsWith(string([member.value]), '[[')
    ? reduce(member.value, {}, (all, entry, i) => union(all, { '${prefix}__${member.key}__${i}': string(entry) }))
    : startsWith(string([member.value]), '[{')
        ? toObject(items(member.value), inner => '${prefix}__${member.key}__${inner.key}', inner => string(inner.value))
        : { '${prefix}__${member.key}': string(member.value) }

// ClientSecrets contains names of secrets in the vault. The platform reads them and gives the app their values.
func referencesTo(vaultUri string, names string[]) string[] =>
  map(names, name => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${name})')

func settingsOfProvider(prefix string, provider object, vaultUri string) object =>
  reduce(
    items(provider),
    {},
    (all, member) =>
      union(
        all,
        settingsOfMember(
          prefix,
          toLower(member.key) == 'clientsecrets'
            ? { key: member.key, value: referencesTo(vaultUri, member.value) }
            : member
        )
      )
  )

var brokerSettings = empty(brokerProviders)
  ? {}
  : reduce(
      items(brokerProviders),
      {
        Broker__KeyVault: vaultUri
        Broker__AllowPrivateNetworks: string(brokerAllowPrivateNetworks)
      },
      (all, provider) => union(all, settingsOfProvider('Broker__Providers__${provider.key}', provider.value, vaultUri))
    )

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(platformSettings, serviceSettings, pageSettings, corsSettings, oauthSettings, brokerSettings)
  }
}
