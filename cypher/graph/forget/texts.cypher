// title: <Noun> that may name an account
// each: node that may name an account
// columns: id, said (all properties)
MATCH (x:<Label> {workspace: $workspace})
<where somebody may be named>
RETURN x.id AS id, properties(x) AS said ORDER BY id
