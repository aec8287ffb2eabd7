targetScope = 'subscription'

metadata name = 'DeviceCode'
metadata description = 'The device login service: a Flex Consumption function app, its tables and queues, its identity, its vault, alerts and a workbook.'

@minLength(1)
@maxLength(64)
@description('The name of the azd environment. The names of all resources and app registrations are derived from it.')
param environmentName string

@minLength(1)
@description('The region of all resources. It must offer the Flex Consumption plan.')
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@minLength(1)
@description('The https address of the page where a signed-in user finds API keys; returned to the device at the end of a login.')
param apiKeysUrl string

@description('The https address at which browsers reach the service, if it has a custom domain or a proxy; otherwise the function app\'s own.')
param publicUrl string = ''

@description('The name that the approver sees for a login without an OAuth client.')
param clientName string = 'A command line'

@description('The origins of web pages that may call the service, like https://dashboard.example.com.')
param corsOrigins string[] = []

@description('The OAuth clients, with the members that docs/oauth.md lists: [{"Id": "cli", "Scopes": "profile email"}]. For a secret, give its SHA-256 hash only.')
param oauthClients object[] = []

@description('Descriptions of scopes, which the approver sees: [{"Scope": "profile", "Description": "See your name"}].')
param oauthScopeDescriptions object[] = []

@description('The providers of the credential broker, by id, with the members that docs/deploy.md lists: {"github": {"Kind": "github", "ClientId": "Iv1.…", "ClientSecrets": ["github-1"]}}. ClientSecrets contains names of secrets in the vault. Without a provider, there is no broker and no vault.')
param brokerProviders object = {}

@description('Whether the credential broker may connect to providers at private addresses, like a GitHub Enterprise Server in a virtual network.')
param brokerAllowPrivateNetworks bool = false

@description('The header that contains the client\'s address. Change it only behind your own proxy, and block every other way to the app.')
param clientAddressHeader string = 'X-Forwarded-For'

@description('Whether to create the Entra app registrations, which requires permission in the tenant. Otherwise, set entraClientId.')
param createEntraApp bool = true

@description('Whether sign-in is limited to people who are assigned to the created registrations; otherwise all users of the tenant may sign in.')
param restrictToAssignedUsers bool = false

@description('Without createEntraApp: the tenant of entraClientId; the subscription\'s tenant by default.')
param entraTenantId string = ''

@description('Without createEntraApp: the client id of your own app registration that access tokens are issued for.')
param entraClientId string = ''

@description('Without createEntraApp: the client id with which the page signs people in, if it has its own registration.')
param entraPageClientId string = ''

@description('Without createEntraApp: the scope that the page requests; by default, everything that the registration exposes.')
param entraPageScope string = ''

@allowed([512, 2048, 4096])
@description('The memory of an instance, in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('The maximum number of instances.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(100)
@description('The number of instances that are always running: 0 for development, 2 for production.')
param alwaysReadyInstances int = 0

@minValue(1)
@maxValue(1000)
@description('The number of concurrent requests per instance before the platform adds another one.')
param httpConcurrency int = 16

@description('Whether to reach the storage and the vault through private endpoints in a virtual network, and close them to the internet.')
param vnetEnabled bool = false

@description('Whether the app and its storage span the availability zones of the region.')
param zoneRedundant bool = false

@description('The e-mail addresses that receive alerts.')
param alertEmails string[] = []

@minValue(30)
@maxValue(730)
@description('How long logs are kept, in days.')
param logRetentionDays int = 30

@minValue(-1)
@description('The most that is logged in a day, in GB; the rest of the day has no logs and no alerts on them. -1 for no limit.')
param logDailyQuotaGB int = -1

var abbreviations = loadJsonContent('abbreviations.json')
var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var deploymentContainerName = 'app-package'
// Only the credential broker has secrets. An environment without it is spared a vault that cannot be purged for 90 days after its deletion.
var brokerEnabled = !empty(brokerProviders)
var vaultName = brokerEnabled ? '${abbreviations.keyVaultVaults}${resourceToken}' : ''

resource rg 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourcesResourceGroups}${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  scope: rg
  params: {
    name: '${abbreviations.managedIdentityUserAssignedIdentities}api-${resourceToken}'
    location: location
    tags: tags
  }
}

module monitoring 'monitor/monitoring.bicep' = {
  scope: rg
  params: {
    logAnalyticsName: '${abbreviations.operationalInsightsWorkspaces}${resourceToken}'
    applicationInsightsName: '${abbreviations.insightsComponents}${resourceToken}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGB: logDailyQuotaGB
  }
}

module storage 'app/storage.bicep' = {
  scope: rg
  params: {
    name: '${abbreviations.storageStorageAccounts}${resourceToken}'
    location: location
    tags: tags
    deploymentContainerName: deploymentContainerName
    publicNetworkAccess: !vnetEnabled
    zoneRedundant: zoneRedundant
  }
}

module vault 'app/vault.bicep' = if (brokerEnabled) {
  scope: rg
  params: {
    name: vaultName
    location: location
    tags: tags
    publicNetworkAccess: !vnetEnabled
  }
}

module rbac 'app/rbac.bicep' = {
  scope: rg
  params: {
    principalId: identity.outputs.principalId
    storageAccountName: storage.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    vaultName: vaultName
  }
  dependsOn: [vault]
}

module vnet 'app/vnet.bicep' = if (vnetEnabled) {
  scope: rg
  params: {
    name: '${abbreviations.networkVirtualNetworks}${resourceToken}'
    privateEndpointPrefix: abbreviations.networkPrivateEndpoints
    location: location
    tags: tags
    storageAccountName: storage.outputs.name
    vaultName: vaultName
  }
  dependsOn: [vault]
}

// The app starts as soon as it exists, so its identity must be able to read its package, its tables and its vault before that.
module api 'app/api.bicep' = {
  scope: rg
  params: {
    name: '${abbreviations.webSitesFunctions}api-${resourceToken}'
    planName: '${abbreviations.webServerFarms}${resourceToken}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    deploymentContainerUrl: '${storage.outputs.blobEndpoint}${deploymentContainerName}'
    subnetId: vnetEnabled ? vnet!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
  }
  dependsOn: [rbac]
}

// Circular references: the app's settings contain the registration's id, the registration contains the page's address, and that contains
// the app's host name. So create the app first, without settings, then the registration, then the settings.
var url = empty(publicUrl)
  ? api.outputs.url
  : endsWith(publicUrl, '/') ? take(publicUrl, length(publicUrl) - 1) : publicUrl

module entra 'app/entra.bicep' = if (createEntraApp) {
  scope: rg
  params: {
    uniqueName: 'devicecode-${resourceToken}'
    displayName: 'DeviceCode (${environmentName})'
    pageUrl: '${url}/device'
    restrictToAssignedUsers: restrictToAssignedUsers
  }
}

var clientId = createEntraApp
  ? entra!.outputs.clientId
  : empty(entraClientId)
      ? fail('CREATE_ENTRA_APP is false and ENTRA_CLIENT_ID is empty. Set ENTRA_CLIENT_ID to the client id of your app registration, or CREATE_ENTRA_APP to true.')
      : entraClientId
var pageClientId = createEntraApp ? entra!.outputs.pageClientId : entraPageClientId
var pageScope = createEntraApp ? entra!.outputs.pageScope : entraPageScope

module settings 'app/settings.bicep' = {
  scope: rg
  params: {
    functionAppName: api.outputs.name
    identityClientId: identity.outputs.clientId
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    storageAccountName: storage.outputs.name
    publicUrl: url
    apiKeysUrl: apiKeysUrl
    clientName: clientName
    clientAddressHeader: clientAddressHeader
    corsOrigins: corsOrigins
    oauthClients: oauthClients
    oauthScopeDescriptions: oauthScopeDescriptions
    brokerProviders: brokerProviders
    brokerAllowPrivateNetworks: brokerAllowPrivateNetworks
    vaultUri: brokerEnabled ? vault!.outputs.uri : ''
    // Registrations are created in the subscription's tenant, so only its users can sign in.
    tenantId: createEntraApp || empty(entraTenantId) ? tenant().tenantId : entraTenantId
    clientId: clientId
    pageClientId: pageClientId
    pageScope: pageScope
  }
}

module alerts 'monitor/alerts.bicep' = {
  scope: rg
  params: {
    namePrefix: abbreviations.insightsScheduledQueryRules
    actionGroupName: '${abbreviations.insightsActionGroups}${resourceToken}'
    location: location
    tags: tags
    logAnalyticsName: monitoring.outputs.logAnalyticsName
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    url: url
    emails: alertEmails
    broker: brokerEnabled
  }
}

module workbook 'monitor/workbook.bicep' = {
  scope: rg
  params: {
    location: location
    tags: tags
    logAnalyticsName: monitoring.outputs.logAnalyticsName
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = rg.name
output SERVICE_API_NAME string = api.outputs.name
output SERVICE_API_URL string = api.outputs.url
output SERVICE_API_PUBLIC_URL string = url
output SERVICE_API_STORAGE_ACCOUNT_NAME string = storage.outputs.name
output SERVICE_API_KEY_VAULT_NAME string = vaultName
output SERVICE_API_CLIENT_ID string = clientId
output SERVICE_API_PAGE_CLIENT_ID string = pageClientId
output SERVICE_API_PAGE_SCOPE string = pageScope
