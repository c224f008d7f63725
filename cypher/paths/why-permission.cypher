// title: Every way of one account to one permission
// question: Through which roles does this account hold the permission?
// needs: users, roles, permissions
// param user: username of an account, or its id
// param permission: id of the permission
// columns: path, held (always empty)
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
MATCH path = (u)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: $permission})
RETURN path, [] AS held ORDER BY length(path)
