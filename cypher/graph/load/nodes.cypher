// title: <Noun>, in the order of their properties, the fingerprint last
// each: node
// Property by property: `SET x += row` has Neo4j hold all rows before it writes the first.
UNWIND $rows AS row
MERGE (x:<Label> {workspace: $workspace, id: row[0]})
<first seen>
SET <set>
