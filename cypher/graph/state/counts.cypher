// title: How many <noun> there are, how many of them have a fingerprint, and how many edges hang on them
// each: node
// The condition on id has Neo4j count in the index; and a node with many edges keeps their number: none is looked at.
OPTIONAL MATCH (x:<Label> {workspace: $workspace})
  USING INDEX SEEK x:<Label>(workspace, id)
WHERE x.id >= ''
RETURN count(x) AS nodes, <number of fingerprints> AS fingerprints, [<numbers of edges>] AS edges
