// title: Edges between <owners> and <targets>: ids of the ends, and a row for each start: its id, then the places of its ends among these, with the properties
// each: edge
// An end is looked up once, and not once for each of its edges.
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
MERGE (<a>)-[e:<EDGE>]->(<b>)
<first seen>
<set>
RETURN count(e) AS edges
