param identityName string
param storageAccountName string
param applicationInsightsName string

@description('The vault of the credential broker; empty for none.')
param vaultName string

var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-00dd15ee98f5'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
}

func assignment(principalId string, roleId string, description string) object => {
  principalId: principalId
  principalType: 'ServicePrincipal'
  roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  description: description
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storageAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource polls 'queues' existing = {
      name: 'creds-polls'
    }

    resource poisonedPolls 'queues' existing = {
      name: 'creds-polls-poison'
    }
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = if (!empty(vaultName)) {
  name: vaultName
}

// All permissions of the app: built-in roles, each on the one resource that it is needed for. A name contains the identity's resource id and
// not its principal id, which Azure assigns only when it creates the identity.
resource blobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storageAccount
  name: guid(storageAccount.id, identity.id, roles.storageBlobDataOwner)
  properties: assignment(
    identity.properties.principalId,
    roles.storageBlobDataOwner,
    'The Functions host stores its package, its locks and its timer\'s schedule in blobs.'
  )
}

resource tables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storageAccount
  name: guid(storageAccount.id, identity.id, roles.storageTableDataContributor)
  properties: assignment(
    identity.properties.principalId,
    roles.storageTableDataContributor,
    'The service stores all its state in tables.'
  )
}

// On a queue, only the Contributor may change the time at which a message becomes visible, which the host does after a failure.
resource polls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storageAccount::queueService::polls
  name: guid(storageAccount::queueService::polls.id, identity.id, roles.storageQueueDataContributor)
  properties: assignment(
    identity.properties.principalId,
    roles.storageQueueDataContributor,
    'The service sends the polls of the credential broker, and the Functions host receives, hides and deletes them.'
  )
}

resource poisonedPolls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storageAccount::queueService::poisonedPolls
  name: guid(storageAccount::queueService::poisonedPolls.id, identity.id, roles.storageQueueDataContributor)
  properties: assignment(
    identity.properties.principalId,
    roles.storageQueueDataContributor,
    'The Functions host sends polls that have failed five times, and receives, hides and deletes them.'
  )
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: applicationInsights
  name: guid(applicationInsights.id, identity.id, roles.monitoringMetricsPublisher)
  properties: assignment(
    identity.properties.principalId,
    roles.monitoringMetricsPublisher,
    'Application Insights accepts telemetry only from identities with this role.'
  )
}

// On the whole vault: it contains only what the app must read, its key and the client secrets of the providers.
resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(vaultName)) {
  scope: vault
  name: guid(vault.id, identity.id, roles.keyVaultSecretsUser)
  properties: assignment(
    identity.properties.principalId,
    roles.keyVaultSecretsUser,
    'The credential broker reads its key, and the platform reads the client secrets that settings refer to.'
  )
}
