// title: <HISTORY> edges, for export
// columns: <past columns>
// each: edge with a history
// (:<Start>|Former<Start>)-[:<HISTORY>]->(:<End>|Former<End>)
UNWIND $ids AS id
CALL (id) {
  MATCH (a:<Start> {workspace: $workspace, id: id}) RETURN a
  UNION ALL
  MATCH (a:Former<Start> {workspace: $workspace, id: id}) RETURN a
}
MATCH (a)-[e:<HISTORY>]->(b:<End>|Former<End> {workspace: $workspace})
RETURN collect([a.id, b.id, e.since, e.until, a.username, b.name]) AS page
