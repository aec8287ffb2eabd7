import { brokerProvider, oauthClient, scopeDescription } from 'types.bicep'

targetScope = 'subscription'

metadata name = 'DeviceCode'
metadata description = 'The device login service: a Flex Consumption function app, its tables and queues, its identity, its vault, alerts and a workbook.'

@minLength(1)
@maxLength(64)
@description('The name of the azd environment. The names of all resources and app registrations are derived from it.')
param environmentName string

// The regions of the public cloud that have the Flex Consumption plan; azd offers only these.
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
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
param oauthClients oauthClient[] = []

@description('Descriptions of scopes, which the approver sees: [{"Scope": "profile", "Description": "See your name"}].')
param oauthScopeDescriptions scopeDescription[] = []

@description('The providers of the credential broker, by id, with the members that docs/deploy.md lists: {"github": {"Kind": "github", "ClientId": "Iv1.…", "ClientSecrets": ["github-1"]}}. ClientSecrets contains names of secrets in the vault. Without a provider, there is no broker and no vault.')
param brokerProviders { *: brokerProvider } = {}

@description('Whether the credential broker may connect to providers at private addresses, like a GitHub Enterprise Server in a virtual network.')
param brokerAllowPrivateNetworks bool = false

@description('Settings of the service that have no parameter here, by the names of their environment variables: {"DeviceCode__CodeLifetime": "00:10:00"}.')
param appSettings { *: string } = {}

@description('The header that contains the client\'s address. By default, the one that the Functions host or, with frontDoorId, Front Door writes.')
param clientAddressHeader string = ''

@description('The id (a GUID) of the Azure Front Door profile in front of the app. Then every other way to the app is closed.')
param frontDoorId string = ''

@description('The networks that may reach the app, as address ranges (203.0.113.0/24) or service tags (AzureCloud); empty for all.')
param allowedNetworks string[] = []

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

@description('Whether to end the logins of people whose accounts are disabled or deleted. The app\'s identity then gets the permission to read the users of the tenant.')
param checkAccounts bool = false

@allowed([512, 2048, 4096])
@description('The memory of an instance, in MB.')
param instanceMemoryMB int = 2048

// Some regions require at least 40. Resource Manager rejects a value that the region does not accept.
@minValue(1)
@maxValue(1000)
@description('The maximum number of instances of each scaling group: the HTTP functions, the timer, and each of the two queues.')
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

@description('With vnetEnabled, whether the internet can still reach the storage and the vault: the first step when an existing environment gets a virtual network.')
param keepPublicAccess bool = false

@description('Whether the app and its storage span the availability zones of the region.')
param zoneRedundant bool = false

@description('The e-mail addresses that receive alerts.')
param alertEmails string[] = []

@minValue(0)
@description('The costs of a month, in the currency of the subscription, above which an e-mail warns; 0 for no budget.')
param monthlyBudget int = 0

@description('The first day of the budget\'s first month, like 2026-12-01. Azure does not allow changes to it later.')
param budgetStartDate string = ''

@minValue(30)
@maxValue(730)
@description('How long requests, metrics and other telemetry are kept, in days. The first 90 days are free.')
param logRetentionDays int = 90

@minValue(30)
@maxValue(730)
@description('How long the table with the audit events is kept, in days. The first 90 days are free.')
param auditRetentionDays int = 365

@minValue(-1)
@description('The most that is logged in a day, in GB; the rest of the day has no logs and no alerts on them. -1 for no limit.')
param logDailyQuotaGB int = -1

var abbreviations = loadJsonContent('abbreviations.json')
var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

// The names are known before anything is created, so that "azd provision --preview" lists every resource.
var identityName = '${abbreviations.managedIdentityUserAssignedIdentities}api-${resourceToken}'
var logAnalyticsName = '${abbreviations.operationalInsightsWorkspaces}${resourceToken}'
var applicationInsightsName = '${abbreviations.insightsComponents}${resourceToken}'
var storageAccountName = '${abbreviations.storageStorageAccounts}${resourceToken}'
var vnetName = vnetEnabled ? '${abbreviations.networkVirtualNetworks}${resourceToken}' : ''
var functionAppName = '${abbreviations.webSitesFunctions}api-${resourceToken}'

// Only the credential broker has secrets. An environment without it is spared a vault that cannot be purged for 90 days after its deletion.
var brokerEnabled = !empty(brokerProviders)
var vaultName = brokerEnabled ? '${abbreviations.keyVaultVaults}${resourceToken}' : ''

var publicNetworkAccess = !vnetEnabled || keepPublicAccess
var restricted = !empty(frontDoorId) || !empty(allowedNetworks)
var clientIds = map(oauthClients, client => client.Id)

// Rules that no type expresses. The first resource evaluates them, so that a mistake changes nothing.
var problems = filter(
  [
    createEntraApp || !empty(entraClientId)
      ? ''
      : 'CREATE_ENTRA_APP is false and ENTRA_CLIENT_ID is empty. Set ENTRA_CLIENT_ID to the client id of your app registration, or CREATE_ENTRA_APP to true.'
    length(union(clientIds, [])) == length(clientIds) ? '' : 'Two clients in OAUTH_CLIENTS have the same Id. Make the ids unique.'
    empty(filter(oauthClients, client => (client.?Introspects ?? false) && empty(client.?SecretSha256)))
      ? ''
      : 'A client in OAUTH_CLIENTS has Introspects without SecretSha256. Only a client with a secret may introspect.'
    !empty(frontDoorId) && empty(publicUrl)
      ? 'FRONT_DOOR_ID is set and PUBLIC_URL is empty. Set PUBLIC_URL to the address of the Front Door endpoint.'
      : ''
    monthlyBudget > 0 && empty(budgetStartDate)
      ? 'MONTHLY_BUDGET is set and BUDGET_START_DATE is empty. Set BUDGET_START_DATE to the first day of this month, like 2026-12-01.'
      : ''
  ],
  problem => !empty(problem)
)

resource rg 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: empty(problems) ? '${abbreviations.resourcesResourceGroups}${environmentName}' : fail(join(problems, ' '))
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  scope: rg
  params: {
    name: identityName
    location: location
    tags: tags
  }
}

module monitoring 'monitor/monitoring.bicep' = {
  scope: rg
  params: {
    logAnalyticsName: logAnalyticsName
    applicationInsightsName: applicationInsightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    auditRetentionDays: auditRetentionDays
    dailyQuotaGB: logDailyQuotaGB
  }
}

module storage 'app/storage.bicep' = {
  scope: rg
  params: {
    name: storageAccountName
    location: location
    tags: tags
    publicNetworkAccess: publicNetworkAccess
    zoneRedundant: zoneRedundant
  }
}

module vault 'app/vault.bicep' = if (brokerEnabled) {
  scope: rg
  params: {
    name: vaultName
    location: location
    tags: tags
    publicNetworkAccess: publicNetworkAccess
  }
}

module rbac 'app/rbac.bicep' = {
  scope: rg
  params: {
    identityName: identityName
    storageAccountName: storageAccountName
    applicationInsightsName: applicationInsightsName
    vaultName: vaultName
  }
  dependsOn: [identity, monitoring, storage, vault]
}

module vnet 'app/vnet.bicep' = if (vnetEnabled) {
  scope: rg
  params: {
    name: vnetName
    privateEndpointPrefix: abbreviations.networkPrivateEndpoints
    location: location
    tags: tags
    storageAccountName: storageAccountName
    vaultName: vaultName
  }
  dependsOn: [storage, vault]
}

// The app starts as soon as it exists, so its identity must be able to read its package, its tables and its vault before that.
module api 'app/api.bicep' = {
  scope: rg
  params: {
    name: functionAppName
    planName: '${abbreviations.webServerFarms}${resourceToken}'
    location: location
    tags: tags
    identityName: identityName
    storageAccountName: storageAccountName
    vnetName: vnetName
    frontDoorId: frontDoorId
    allowedNetworks: allowedNetworks
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
  }
  dependsOn: [rbac, vnet]
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

module directory 'app/directory.bicep' = if (checkAccounts) {
  scope: rg
  params: {
    principalId: identity.outputs.principalId
  }
}

var clientId = createEntraApp ? entra!.outputs.clientId : entraClientId
var pageClientId = createEntraApp ? entra!.outputs.pageClientId : entraPageClientId
var pageScope = createEntraApp ? entra!.outputs.pageScope : entraPageScope

module settings 'app/settings.bicep' = {
  scope: rg
  params: {
    functionAppName: functionAppName
    identityClientId: identity.outputs.clientId
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    storageEndpoints: storage.outputs.endpoints
    loginEndpoint: environment().authentication.loginEndpoint
    publicUrl: url
    apiKeysUrl: apiKeysUrl
    clientName: clientName
    clientAddressHeader: !empty(clientAddressHeader)
      ? clientAddressHeader
      : empty(frontDoorId) ? 'X-Forwarded-For' : 'X-Azure-ClientIP'
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
    checkAccounts: checkAccounts
    appSettings: appSettings
  }
}

module alerts 'monitor/alerts.bicep' = {
  scope: rg
  params: {
    namePrefix: abbreviations.insightsScheduledQueryRules
    actionGroupName: '${abbreviations.insightsActionGroups}${resourceToken}'
    location: location
    tags: tags
    logAnalyticsName: logAnalyticsName
    applicationInsightsName: applicationInsightsName
    url: url
    emails: alertEmails
    broker: brokerEnabled
    hasDailyQuota: logDailyQuotaGB != -1
  }
  dependsOn: [monitoring]
}

module budget 'monitor/budget.bicep' = if (monthlyBudget > 0) {
  scope: rg
  params: {
    name: '${abbreviations.consumptionBudgets}${resourceToken}'
    amount: monthlyBudget
    startDate: budgetStartDate
    emails: alertEmails
  }
}

module workbook 'monitor/workbook.bicep' = {
  scope: rg
  params: {
    location: location
    tags: tags
    logAnalyticsName: logAnalyticsName
  }
  dependsOn: [monitoring]
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = rg.name
output SERVICE_API_NAME string = functionAppName
output SERVICE_API_URL string = api.outputs.url
output SERVICE_API_PUBLIC_URL string = url
// The address at which /healthz responds to anyone: behind a front door or a proxy, the app itself may reject other clients.
output SERVICE_API_HEALTH_URL string = restricted ? url : api.outputs.url
output SERVICE_API_STORAGE_ACCOUNT_NAME string = storageAccountName
output SERVICE_API_KEY_VAULT_NAME string = vaultName
output SERVICE_API_CLIENT_ID string = clientId
output SERVICE_API_PAGE_CLIENT_ID string = pageClientId
output SERVICE_API_PAGE_SCOPE string = pageScope
