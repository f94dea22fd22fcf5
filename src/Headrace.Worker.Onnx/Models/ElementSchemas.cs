using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Models;

/// <summary>The tensor element types that have a counterpart in JSON, with their JSON Schemas.</summary>
internal static class ElementSchemas
{
    public static readonly IReadOnlyDictionary<TensorElementType, Func<JsonObject>> All = new Dictionary<
        TensorElementType,
        Func<JsonObject>
    >
    {
        [TensorElementType.Float] = () => new() { ["type"] = "number" },
        [TensorElementType.Double] = () => new() { ["type"] = "number" },
        [TensorElementType.Int8] = () => Integer(sbyte.MinValue, sbyte.MaxValue),
        [TensorElementType.Int16] = () => Integer(short.MinValue, short.MaxValue),
        [TensorElementType.Int32] = () => Integer(int.MinValue, int.MaxValue),
        // The schema has no bounds, because a double cannot express the bounds of 64-bit integers.
        [TensorElementType.Int64] = () => new() { ["type"] = "integer" },
        [TensorElementType.UInt64] = () => new() { ["type"] = "integer", ["minimum"] = 0 },
        [TensorElementType.UInt8] = () => Integer(byte.MinValue, byte.MaxValue),
        [TensorElementType.UInt16] = () => Integer(ushort.MinValue, ushort.MaxValue),
        [TensorElementType.UInt32] = () => Integer(uint.MinValue, uint.MaxValue),
        [TensorElementType.Bool] = () => new() { ["type"] = "boolean" },
        [TensorElementType.String] = () => new() { ["type"] = "string" },
    };

    private static JsonObject Integer(long min, long max) =>
        new()
        {
            ["type"] = "integer",
            ["minimum"] = min,
            ["maximum"] = max,
        };
}
