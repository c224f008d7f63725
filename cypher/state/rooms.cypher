// title: All rooms with the teams that they are in, in some fifty lists
// As the lists of fingerprints: a record a node takes five times as long. The condition on id has Neo4j use the index.
// (:Team)-[:HAS_ROOM]->(:Room)
MATCH (x:Room {workspace: $workspace})
  USING INDEX SEEK x:Room(workspace, id)
WHERE x.id >= ''
RETURN right(x.id, 1) AS part,
       collect([x.id, x.name, x.type, x.private, x.archived, x.usersCount, x.readOnly,
                [(x)<-[e:HAS_ROOM]-(t:Team {workspace: $workspace}) | [t.id, e.main]]]) AS page
