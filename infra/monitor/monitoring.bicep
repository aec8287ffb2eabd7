param logAnalyticsName string
param applicationInsightsName string
param location string
param tags object

@description('How long telemetry is kept, in days.')
param retentionDays int

@description('How long the table with the audit events is kept, in days.')
param auditRetentionDays int

@description('The most that is logged in a day, in GB; -1 for no limit.')
param dailyQuotaGB int

resource logAnalytics 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: logAnalyticsName
  location: location
  tags: tags
  properties: {
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyQuotaGB
    }
    sku: {
      name: 'PerGB2018'
    }
    features: {
      disableLocalAuth: true
    }
  }
}

// Accepts telemetry only from identities with a role on it: the connection string alone is not enough.
resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableIpMasking: false
    DisableLocalAuth: true
    WorkspaceResourceId: logAnalytics.id
  }
}

// The tables of Application Insights ignore the workspace's retention: each keeps its rows for 90 days unless it has a retention of its own.
var retentions = {
  AppAvailabilityResults: retentionDays
  AppBrowserTimings: retentionDays
  AppDependencies: retentionDays
  AppEvents: retentionDays
  AppExceptions: retentionDays
  AppMetrics: retentionDays
  AppPageViews: retentionDays
  AppPerformanceCounters: retentionDays
  AppRequests: retentionDays
  AppSystemEvents: retentionDays
  AppTraces: auditRetentionDays
}

// One at a time: a workspace rejects a change while another one is in progress.
@batchSize(1)
resource tables 'Microsoft.OperationalInsights/workspaces/tables@2025-07-01' = [
  for table in items(retentions): {
    parent: logAnalytics
    name: table.key
    properties: {
      retentionInDays: table.value
      totalRetentionInDays: table.value
    }
    dependsOn: [applicationInsights]
  }
]

output connectionString string = applicationInsights.properties.ConnectionString
