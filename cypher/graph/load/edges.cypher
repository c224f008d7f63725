// title: Edges between <owners> and <targets>: ids of the ends, and a row for each start: its id, then the places of its ends among these, with the properties
// each: edge
// An end is looked up once, and not once for each of its edges.
// An edge is made with its properties, and not by MERGE: ArcadeDB moves all that lies behind an edge which grows.
// (:<Start>)-[:<EDGE>]->(:<End>)
UNWIND range(0, size($ids) - 1) AS place
MATCH (<b>:<End> {workspace: $workspace, id: $ids[place]})
  USING INDEX SEEK <b>:<End>(workspace, id)
WITH <b> ORDER BY place
WITH collect(<b>) AS found WHERE size(found) = size($ids)
UNWIND $rows AS row
MATCH (<a>:<Start> {workspace: $workspace, id: row[0]})
  USING INDEX SEEK <a>:<Start>(workspace, id)
UNWIND row[1] AS <item>
WITH <a>, <carried>found[<place>] AS <b>
OPTIONAL MATCH (<a>)-[e:<EDGE>]->(<b>)
FOREACH (new IN CASE WHEN e IS NULL THEN [1] ELSE [] END | CREATE (<a>)-[:<EDGE><created>]->(<b>))
<set where it was there>
RETURN count(*) AS edges
