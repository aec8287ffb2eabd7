metadata description = 'The app\'s settings, computed from the parameters alone.'

import { brokerProvider, oauthClient, scopeDescription } from '../types.bicep'

param functionAppName string

@description('The client id of the app\'s identity.')
param identityClientId string

param applicationInsightsConnectionString string
param storageEndpoints { blob: string, queue: string, table: string, *: string }

@description('The address of Entra ID.')
param loginEndpoint string

param publicUrl string
param apiKeysUrl string
param clientName string
param clientAddressHeader string
param corsOrigins string[]
param oauthClients oauthClient[]
param oauthScopeDescriptions scopeDescription[]

@description('The providers of the credential broker, by id; without any, the broker is off.')
param brokerProviders { *: brokerProvider }

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

@description('Whether the service reads the directory.')
param checkAccounts bool

@description('Other settings, by the names of their environment variables.')
param appSettings { *: string }

// Settings of the platform and the libraries. None is a secret: they are useless without the app's identity.
var platformSettings = {
  AZURE_CLIENT_ID: identityClientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  AzureWebJobsStorage__blobServiceUri: storageEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storageEndpoints.queue
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The host buffers a body in memory before it calls the worker. With its default of 100 MB, a few clients could exhaust an instance.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '262144'
}

var serviceSettings = {
  DeviceCode__PublicUrl: publicUrl
  DeviceCode__ApiKeysUrl: apiKeysUrl
  DeviceCode__ClientName: clientName
  DeviceCode__ClientAddressHeader: clientAddressHeader
  Storage__Endpoint: storageEndpoints.table
  Storage__QueueEndpoint: storageEndpoints.queue
  AzureAd__Instance: loginEndpoint
  AzureAd__TenantId: tenantId
  AzureAd__ClientId: clientId
  AzureAd__CheckAccounts: string(checkAccounts)
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

var ownSettings = union(platformSettings, serviceSettings, pageSettings, corsSettings, oauthSettings, brokerSettings)

// The service does not distinguish case in the names of its settings.
var ownNames = map(objectKeys(ownSettings), name => toLower(name))
var conflicts = filter(objectKeys(appSettings), name => contains(ownNames, toLower(name)))

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource settings 'config' = {
    name: 'appsettings'
    properties: empty(conflicts)
      ? union(ownSettings, appSettings)
      : fail('APP_SETTINGS contains ${join(conflicts, ', ')}, which the template sets. Use the variable of the azd environment that sets it, and remove it from APP_SETTINGS.')
  }
}
