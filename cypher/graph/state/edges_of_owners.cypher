// title: The <targets> of these <owners>, each with the properties of the edge
// each: edge under a fingerprint
// (:<Start>)-[:<EDGE>]->(:<End>)
UNWIND $ids AS id
MATCH (x:<Owner> {workspace: $workspace, id: id})<owns>(<t>:<Target> {workspace: $workspace})
  USING INDEX SEEK x:<Owner>(workspace, id)
RETURN x.id AS id, collect([<collected>]) AS page
