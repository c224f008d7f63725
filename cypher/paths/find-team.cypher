// title: Find a team by id or name
// param text: id of the team, or its name
// columns: thing
CALL () {
  MATCH (n:Team {workspace: $workspace, id: $text}) RETURN n
  UNION
  MATCH (n:Team {workspace: $workspace, name: $text}) RETURN n
}
RETURN properties(n) AS thing ORDER BY n.id
