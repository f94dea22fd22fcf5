using Headrace.Bench.Onnx;

namespace Headrace.Tests.Onnx;

/// <summary>Small models for tests.</summary>
internal static class TestModels
{
    /// <summary>Returns the sum of three numbers, multiplied by a factor.</summary>
    public static byte[] Sum(float factor = 1, string output = "sum") =>
        new OnnxModel { Description = "Adds three numbers." }
            .Input("x", OnnxType.Float, "rows", 3)
            .Output(output, OnnxType.Float, "rows", 1)
            .Constant("weights", [factor, factor, factor], 3, 1)
            .Operator("MatMul", ["x", "weights"], output)
            .ToBytes();

    /// <summary>Returns the logarithm of a number: NaN for a negative one, minus infinity for 0.</summary>
    public static byte[] Log() =>
        new OnnxModel()
            .Input("x", OnnxType.Float, "rows", 1)
            .Output("log", OnnxType.Float, "rows", 1)
            .Operator("Log", ["x"], "log")
            .ToBytes();

    /// <summary>Returns its inputs, which have various types.</summary>
    public static byte[] Echo(params (string Name, OnnxType Type, object[] Row)[] inputs)
    {
        var model = new OnnxModel();
        foreach (var (name, type, row) in inputs)
            model
                .Input(name, type, ["rows", .. row])
                .Output($"{name} out", type, ["rows", .. row])
                .Operator("Identity", [name], $"{name} out");
        return model.ToBytes();
    }

    /// <summary>Returns an element of a three-element table; an index outside the table fails.</summary>
    public static byte[] Lookup() =>
        new OnnxModel()
            .Input("index", OnnxType.Int64, "rows")
            .Output("value", OnnxType.Float, "rows")
            .Constant("table", [10, 20, 30], 3)
            .Operator("Gather", ["table", "index"], "value")
            .ToBytes();

    /// <summary>A model with an operator that does not exist.</summary>
    public static byte[] UnknownOperator() =>
        new OnnxModel()
            .Input("x", OnnxType.Float, "rows", 3)
            .Output("y", OnnxType.Float, "rows", 3)
            .Operator("NoSuchOperator", ["x"], "y")
            .ToBytes();

    /// <summary>A model whose dimensions do not match.</summary>
    public static byte[] WrongShape() =>
        new OnnxModel()
            .Input("x", OnnxType.Float, "rows", 3)
            .Output("y", OnnxType.Float, "rows", 1)
            .Constant("weights", [1, 1, 1, 1], 4, 1)
            .Operator("MatMul", ["x", "weights"], "y")
            .ToBytes();
}
