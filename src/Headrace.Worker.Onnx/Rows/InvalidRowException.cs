namespace Headrace.Worker.Onnx.Rows;

/// <summary>
/// The params of a job do not fit the inputs of the model. The message names the value and its position.
/// </summary>
internal sealed class InvalidRowException(string message) : Exception(message);
