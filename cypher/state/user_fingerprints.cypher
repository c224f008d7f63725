// title: A page of User ids, each with its fingerprint behind it
// One record of one list: a record a node takes three to seven times as long. The condition on id makes it a seek.
MATCH (x:User {workspace: $workspace}) WHERE x.id > $after
WITH x ORDER BY x.workspace, x.id LIMIT $limit
RETURN collect(x.id + coalesce(x.fingerprint, '--------------------------------')) AS page
