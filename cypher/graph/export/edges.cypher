// title: <EDGE> edges, for export
// columns: <columns>
// each: edge of an export
// (:<Start>)-[:<EDGE>]->(:<End>)
UNWIND $ids AS id
MATCH (a:<Start> {workspace: $workspace, id: id})-[e:<EDGE>]->(b:<End> {workspace: $workspace})
RETURN collect([a.id, b.id, <shown>]) AS page
