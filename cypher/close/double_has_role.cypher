// title: Of several HAS_ROLE edges between the same two, made by hand, the oldest stays
// (:User)-[:HAS_ROLE]->(:Role)
// Collected first, as in close/grants.
UNWIND $rows AS row
MATCH (:User {workspace: $workspace, id: row[0]})-[e:HAS_ROLE]->(:Role {workspace: $workspace, id: row[1]})
WITH row, e ORDER BY coalesce(e.firstSeen, '9')
WITH row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
