@description('The principal of the app\'s identity.')
param principalId string

param storageAccountName string
param applicationInsightsName string

@description('The vault of the credential broker; empty for none.')
param vaultName string

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

// All permissions of the app: built-in roles, each on the one resource that it is needed for. On a queue, only the Contributor may change
// the time at which a message becomes visible, which the host does after a failure.
var roles = [
  {
    id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
    description: 'The Functions host stores its package, its locks and its timer\'s schedule in blobs.'
    resourceId: storageAccount.id
  }
  {
    id: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
    description: 'The service stores all its state in tables.'
    resourceId: storageAccount.id
  }
  {
    id: '974c5e8b-45b9-4653-ba55-00dd15ee98f5' // Storage Queue Data Contributor
    description: 'The service sends the polls of the credential broker, and the Functions host receives, hides and deletes them.'
    resourceId: storageAccount::queueService::polls.id
  }
  {
    id: '974c5e8b-45b9-4653-ba55-00dd15ee98f5' // Storage Queue Data Contributor
    description: 'The Functions host sends polls that have failed five times, and receives, hides and deletes them.'
    resourceId: storageAccount::queueService::poisonedPolls.id
  }
  {
    id: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
    description: 'Application Insights accepts telemetry only from identities with this role.'
    resourceId: applicationInsights.id
  }
]

// On the whole vault: it contains only what the app must read, its key and the client secrets of the providers.
var vaultRoles = empty(vaultName)
  ? []
  : [
      {
        id: '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
        description: 'The credential broker reads its key, and the platform reads the client secrets that settings refer to.'
        resourceId: vault.id
      }
    ]

module assignments 'role-assignment.json' = [
  for role in concat(roles, vaultRoles): {
    params: {
      resourceId: role.resourceId
      roleId: role.id
      principalId: principalId
      description: role.description
    }
  }
]
