// title: Of several GRANTS edges between the same two, made by hand, the oldest stays
// (:Role)-[:GRANTS]->(:Permission)
// Collected first, as in close/grants.
UNWIND $rows AS row
MATCH (:Role {workspace: $workspace, id: row[0]})-[e:GRANTS]->(:Permission {workspace: $workspace, id: row[1]})
WITH row, e ORDER BY coalesce(e.firstSeen, '9')
WITH row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
