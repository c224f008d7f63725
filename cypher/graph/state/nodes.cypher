// title: What the graph says of these <noun>, labels last
// each: node with a fingerprint
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:<Label>(workspace, id)
RETURN collect([x.id, <properties>]) AS page
