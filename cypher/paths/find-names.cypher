// title: The names of roles, teams, rooms and permissions
// param kind: role, team, room or permission; empty: all of them
// columns: kind, id, name
// The conditions on id have Neo4j use the index, and so look at this workspace alone.
CALL () {
  MATCH (n:Role {workspace: $workspace}) WHERE n.id >= '' AND $kind IN ['', 'role'] RETURN 'role' AS kind, n
  UNION ALL
  MATCH (n:Team {workspace: $workspace}) WHERE n.id >= '' AND $kind IN ['', 'team'] RETURN 'team' AS kind, n
  UNION ALL
  MATCH (n:Room {workspace: $workspace}) WHERE n.id >= '' AND $kind IN ['', 'room'] RETURN 'room' AS kind, n
  UNION ALL
  MATCH (n:Permission {workspace: $workspace}) WHERE n.id >= '' AND $kind IN ['', 'permission'] RETURN 'permission' AS kind, n
}
RETURN kind, n.id AS id, n.name AS name ORDER BY kind, name, id
