// title: What the graph says of these <noun>: properties in the order of load/nodes, labels, then the edges that they own
// each: node with a fingerprint
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:<Label>(workspace, id)
RETURN collect([x.id, <properties>, <edges>]) AS page
