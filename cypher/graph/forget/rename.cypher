// title: <Noun> without the name of one account
// each: node that may name an account
// param rows: id, and what they say instead
UNWIND $rows AS row
MATCH (x:<Label> {workspace: $workspace, id: row[0]})
SET x += row[1]
