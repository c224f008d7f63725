// title: How many <noun> of a workspace there are, former ones too
// each: node of a workspace
MATCH (x:<Label or Former> {workspace: $workspace})
RETURN count(x) AS number
