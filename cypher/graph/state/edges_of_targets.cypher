// title: The <owners> of these <targets>, each with the properties of the edge
// each: edge under a fingerprint
// (:<Start>)-[:<EDGE>]->(:<End>)
UNWIND $ids AS id
MATCH (x:<Target> {workspace: $workspace, id: id})<owned by>(<o>:<Owner> {workspace: $workspace})
  USING INDEX SEEK x:<Target>(workspace, id)
RETURN x.id AS id, collect([<collected back>]) AS page
