// What somebody has to hear of: searches of the app's log events (docs/deploy.md, "Alerts").
param prefix string
param location string
param tags object
param insightsId string

@description('Who is told; empty: nobody.')
param email string

var rules = [
  {
    name: 'needs-operator'
    title: 'A run needs an operator'
    text: 'Only a person can say which flow session belongs to the run: resolve it in the console.'
    severity: 1
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    resolves: false
    query: '''
traces
| where message startswith_cs "run.needs_operator "
'''
  }
  {
    name: 'lane-paused'
    title: 'A connection has been paused for ten minutes'
    text: 'Its runs wait. The event says why; docs/operations.md, "A paused lane", what to do.'
    severity: 2
    window: 'P1D'
    operator: 'GreaterThan'
    threshold: 0
    resolves: true
    query: '''
traces
| extend of_all = message startswith_cs "environment."
| extend starts = message startswith_cs "lane.paused " or message startswith_cs "environment.refused " or message startswith_cs "environment.throttled "
| extend ends = message startswith_cs "lane.goes_on " or message startswith_cs "environment.accepted "
| where starts or ends
| extend lane = iff(of_all, "all lanes", extract("lane='([^']+)'", 1, message))
| summarize arg_max(timestamp, starts, message) by lane
| where starts and timestamp < ago(10m)
'''
  }
  {
    name: 'messages'
    title: 'Messages were rejected or given up'
    text: 'What was asked for has not begun: look at the messages in the console, and decide.'
    severity: 2
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    resolves: false
    query: '''
traces
| where message startswith_cs "message.rejected " or message startswith_cs "queue.poison "
'''
  }
  {
    // The app has no event of its own for a sweep that went well: this line is the host's. Three of
    // the eight minutes are what a line may take until it can be searched.
    name: 'sweep'
    title: 'The sweep has not run for five minutes'
    text: 'What was stranded is not found: is the app up, can it reach its storage?'
    severity: 1
    window: 'PT10M'
    operator: 'LessThan'
    threshold: 1
    resolves: true
    query: '''
traces
| where timestamp > ago(8m)
| where message startswith_cs "Executed 'Functions.sweep' (Succeeded"
'''
  }
  {
    // Told at nine tenths, when the broker itself begins to wait: no event is told at eight.
    name: 'allowance'
    title: 'The allowance of the user at Dataverse is nearly spent'
    text: 'Runs wait for it: docs/operations.md, "What one user carries".'
    severity: 2
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    resolves: true
    query: '''
traces
| where message startswith_cs "user.nearly_spent "
'''
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: prefix
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'flowbroker'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource searches 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${prefix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    description: rule.text
    enabled: true
    severity: rule.severity
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: rule.window
    // The tables come with the first line that is logged.
    skipQueryValidation: true
    autoMitigate: rule.resolves
    muteActionsDuration: rule.resolves ? null : 'PT1H'
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [group.id]
    }
  }
}]
