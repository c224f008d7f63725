// title: Find a role by id or name
// param text: id of the role, or its name
// columns: thing
CALL () {
  MATCH (n:Role {workspace: $workspace, id: $text}) RETURN n
  UNION
  MATCH (n:Role {workspace: $workspace, name: $text}) RETURN n
}
RETURN properties(n) AS thing ORDER BY n.id
