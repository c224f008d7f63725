// title: What the graph holds of one workspace
// columns: kind, number
CALL () {
  MATCH (x:User|FormerUser {workspace: $workspace}) RETURN 'users' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Role|FormerRole {workspace: $workspace}) RETURN 'roles' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Team|FormerTeam {workspace: $workspace}) RETURN 'teams' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Permission {workspace: $workspace}) RETURN 'permissions' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Room {workspace: $workspace}) RETURN 'rooms' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Attestation {workspace: $workspace}) RETURN 'decisions' AS kind, count(x) AS number
  UNION ALL
  MATCH (x:Sync {workspace: $workspace}) RETURN 'syncs' AS kind, count(x) AS number
}
RETURN kind, number ORDER BY kind
