// title: Find an account by username or id
// param user: username of an account, or its id
// columns: by, account
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN 'username' AS by, u
  UNION ALL
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN 'id' AS by, u
}
RETURN by, properties(u) AS account ORDER BY by, u.id
