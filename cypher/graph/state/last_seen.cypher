// title: The last run that saw a list in full
// param key: the property of a `Sync` that says the state of the list
// columns: startedAt
MATCH (s:Sync {workspace: $workspace}) WHERE s[$key] = 'complete'
RETURN s.startedAt AS startedAt ORDER BY startedAt DESC LIMIT 1
