// title: One Attestation for each id of a workspace
CREATE CONSTRAINT rc2graph_attestation_key IF NOT EXISTS FOR (x:Attestation) REQUIRE (x.workspace, x.id) IS UNIQUE
