namespace Headrace.Worker.Onnx.Rows;

/// <summary>The model returned a value that cannot be the result of a job.</summary>
internal sealed class InvalidOutputException(string message) : Exception(message);
