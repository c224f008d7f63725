// title: Find a permission by id
// param text: id of the permission
// columns: thing
CALL () {
  MATCH (n:Permission {workspace: $workspace, id: $text}) RETURN n
}
RETURN properties(n) AS thing ORDER BY n.id
