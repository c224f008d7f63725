MATCH (x:User {workspace: $workspace}) WHERE x.id >= '' RETURN collect(x.id + x.fingerprint) AS page
