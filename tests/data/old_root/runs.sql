-- The index of the earlier system: five JSON texts, a path relative to where the command was called, no version.
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    target TEXT NOT NULL,
    model TEXT NOT NULL,
    runtime TEXT NOT NULL,
    protocol TEXT NOT NULL,
    metrics TEXT NOT NULL,
    result_path TEXT NOT NULL
);
CREATE TABLE resource_metric_index (
    run_id TEXT NOT NULL,
    metric_name TEXT NOT NULL,
    metric_value REAL NOT NULL,
    unit TEXT NOT NULL,
    source TEXT,
    PRIMARY KEY (run_id, metric_name),
    FOREIGN KEY (run_id) REFERENCES runs (run_id)
);
CREATE INDEX idx_resource_metric_lookup ON resource_metric_index (metric_name, metric_value);
INSERT INTO runs VALUES (
    'run-20260507-122153-0a1b2c3d',
    '2026-05-07T12:21:53.482914+00:00',
    '{"board_name": "jetson-orin-nano-devkit", "os": "ubuntu-22.04", "runtime_tags": ["jetson", "edge"], "target_name": "jetson-orin-nano", "target_type": "local"}',
    '{"model_format": "onnx", "model_hash": "de6861b8925800b8daf54b23ec67167fea2c4b357176e524b3b56878c09b8090", "model_name": "yolov8n-fire", "model_path": "models/yolov8n-fire.onnx", "model_version": "1.0"}',
    '{"execution_provider": "cpu", "runtime": "onnxruntime"}',
    '{"batch_size": 1, "include_postprocess": true, "include_preprocess": true, "input_dtype": "float32", "input_shape": [1, 3, 640, 640], "precision": "fp32", "repeat_runs": 10, "task": "object-detection", "warmup_runs": 3}',
    '{"latency_mean_ms": 41.2, "latency_p50_ms": 40.8, "latency_p95_ms": 44.9, "latency_p99_ms": 47.3, "throughput_fps": 24.27}',
    '.edgeenv/runs/run-20260507-122153-0a1b2c3d/result.json'
);
INSERT INTO runs VALUES (
    'run-20260507-123011-4e5f6a7b',
    '2026-05-07T12:30:11.120001+00:00',
    '{"board_name": "jetson-orin-nano-devkit", "os": "ubuntu-22.04", "runtime_tags": ["jetson", "edge"], "target_name": "jetson-orin-nano", "target_type": "local"}',
    '{"model_format": "onnx", "model_hash": "de6861b8925800b8daf54b23ec67167fea2c4b357176e524b3b56878c09b8090", "model_name": "yolov8n-fire", "model_path": "models/yolov8n-fire.onnx", "model_version": "1.0"}',
    '{"execution_provider": "cpu", "runtime": "onnxruntime"}',
    '{"batch_size": 1, "include_postprocess": true, "include_preprocess": true, "input_dtype": "float32", "input_shape": [1, 3, 640, 640], "precision": "fp32", "repeat_runs": 10, "task": "object-detection", "warmup_runs": 3}',
    '{"latency_mean_ms": 40.9, "latency_p50_ms": 40.5, "latency_p95_ms": 44.1, "latency_p99_ms": 46.8, "throughput_fps": 24.45}',
    '.edgeenv/runs/run-20260507-123011-4e5f6a7b/result.json'
);
INSERT INTO runs VALUES (
    'run-20260508-081502-89abcdef',
    '2026-05-08T08:15:02.700300+00:00',
    '{"board_name": "jetson-orin-nano-devkit", "os": "ubuntu-22.04", "runtime_tags": ["jetson", "edge"], "target_name": "jetson-orin-nano", "target_type": "local"}',
    '{"model_format": "onnx", "model_hash": "de6861b8925800b8daf54b23ec67167fea2c4b357176e524b3b56878c09b8090", "model_name": "yolov8n-fire", "model_path": "models/yolov8n-fire.onnx", "model_version": "1.0"}',
    '{"execution_provider": "cpu", "runtime": "onnxruntime"}',
    '{"batch_size": 1, "include_postprocess": true, "include_preprocess": true, "input_dtype": "float32", "input_shape": [1, 3, 640, 640], "precision": "fp32", "repeat_runs": 10, "task": "object-detection", "warmup_runs": 3}',
    '{"latency_mean_ms": 41.0, "latency_p50_ms": 40.6, "latency_p95_ms": 44.4, "latency_p99_ms": 47.0, "throughput_fps": 24.39}',
    '.edgeenv/runs/run-20260508-081502-89abcdef/result.json'
);
INSERT INTO resource_metric_index VALUES ('run-20260508-081502-89abcdef', 'memory_mean_mb', 850.0, 'MB', 'jetson-tegrastats');
INSERT INTO resource_metric_index VALUES ('run-20260508-081502-89abcdef', 'memory_peak_mb', 852.0, 'MB', 'jetson-tegrastats');
INSERT INTO resource_metric_index VALUES ('run-20260508-081502-89abcdef', 'power_mean_w', 4.361, 'W', 'jetson-tegrastats');
INSERT INTO resource_metric_index VALUES ('run-20260508-081502-89abcdef', 'power_peak_w', 4.408, 'W', 'jetson-tegrastats');
INSERT INTO resource_metric_index VALUES ('run-20260508-081502-89abcdef', 'temperature_peak_c', 36.468, 'C', 'jetson-tegrastats');
