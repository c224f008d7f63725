// title: The last run that saw a list in full
// param property: the property of a `Sync` that says the state of the list
// columns: startedAt
MATCH (s:Sync {workspace: $workspace}) WHERE s[$property] = 'complete'
RETURN s.startedAt AS startedAt ORDER BY startedAt DESC LIMIT 1
