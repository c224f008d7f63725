// title: All <noun> with the edges that they own, in some fifty lists: they are few, and compared whole
// each: node compared whole
// As the lists of fingerprints: a record a node takes five times as long. The condition on id has Neo4j use the index.
MATCH (x:<Label> {workspace: $workspace})
  USING INDEX SEEK x:<Label>(workspace, id)
WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect([x.id, <properties>, <edges>]) AS page
