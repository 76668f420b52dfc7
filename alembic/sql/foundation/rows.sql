-- The feed begins with epoch 1 at position 0.
INSERT INTO epoch (number, first_position, reason, opened_at) VALUES (1, 1, 'first', now());
INSERT INTO relay (id, epoch, transaction_id, event_id, position)
    VALUES (1, 1, '0', '00000000-0000-0000-0000-000000000000', 0);
