-- name: Answer
SELECT digest, status, body FROM httpapi_answer WHERE subject = $1 AND key = $2

-- name: KeepAnswer
INSERT INTO httpapi_answer (subject, key, digest, status, body, at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: ForgetAnswers
DELETE FROM httpapi_answer WHERE (subject, key) IN (SELECT subject, key FROM httpapi_answer WHERE at < $1 ORDER BY at LIMIT 500)

-- name: Probe
SELECT 1
