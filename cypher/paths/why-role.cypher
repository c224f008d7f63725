// title: Whether one account holds one role
// question: Does the account's own record name the role, so that it counts in the whole workspace?
// needs: users, roles
// param user: username of an account, or its id
// param role: id of the role
// columns: path, held (always empty)
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
MATCH path = (u)-[:HAS_ROLE]->(:Role {workspace: $workspace, id: $role})
RETURN path, [] AS held
