// title: The names of roles, teams, rooms and permissions
// param kind: role, team, room or permission; empty: all of them
// columns: kind, id, name
CALL () {
  MATCH (n:Role {workspace: $workspace}) WHERE $kind IN ['', 'role'] RETURN 'role' AS kind, n
  UNION ALL
  MATCH (n:Team {workspace: $workspace}) WHERE $kind IN ['', 'team'] RETURN 'team' AS kind, n
  UNION ALL
  MATCH (n:Room {workspace: $workspace}) WHERE $kind IN ['', 'room'] RETURN 'room' AS kind, n
  UNION ALL
  MATCH (n:Permission {workspace: $workspace}) WHERE $kind IN ['', 'permission'] RETURN 'permission' AS kind, n
}
RETURN kind, n.id AS id, n.name AS name ORDER BY kind, name, id
