// title: When somebody last decided something
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= ''
RETURN max(a.decidedAt) AS decidedAt
