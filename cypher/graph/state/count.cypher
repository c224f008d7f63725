// title: How many <EDGE> edges there are
// each: edge
// (:<Start>)-[:<EDGE>]->(:<End>)
MATCH (:<End> {workspace: $workspace})<-[e:<EDGE>]-(x:<Start>) WHERE x.workspace = $workspace
RETURN count(e) AS edges
