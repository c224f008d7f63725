// title: Find a room by id or name
// param text: id of the room, or its name
// columns: thing, teams
CALL () {
  MATCH (n:Room {workspace: $workspace, id: $text}) RETURN n
  UNION
  MATCH (n:Room {workspace: $workspace, name: $text}) RETURN n
}
RETURN properties(n) AS thing, COLLECT {
  MATCH (t:Team)-[h:HAS_ROOM]->(n) RETURN {id: t.id, name: t.name, private: t.private, main: h.main} ORDER BY t.id
} AS teams ORDER BY n.id
