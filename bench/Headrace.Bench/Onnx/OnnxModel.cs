namespace Headrace.Bench.Onnx;

/// <summary>
/// Composes a model in the ONNX format from inputs, operators and outputs. The field numbers are from onnx.proto. Every
/// current runtime supports these versions of ai.onnx and ai.onnx.ml.
/// </summary>
internal sealed class OnnxModel
{
    private const int FormatVersion = 8;
    private const int OperatorVersion = 17;
    private const int MachineLearningVersion = 3;
    private const string MachineLearningDomain = "ai.onnx.ml";

    private readonly List<Action<ProtoWriter>> _graph = [];

    /// <summary>Gets a description of the model.</summary>
    public string Description { get; init; } = "";

    /// <summary>Adds an input.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The element type.</param>
    /// <param name="dimensions">The dimensions: a whole number, or a name for a variable dimension.</param>
    public OnnxModel Input(string name, OnnxType type, params IReadOnlyList<object> dimensions) =>
        Add(graph => graph.Message(11, value => WriteTensorInfo(value, name, type, dimensions)));

    /// <summary>Adds an output.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The element type.</param>
    /// <param name="dimensions">The dimensions, as for <see cref="Input"/>.</param>
    public OnnxModel Output(string name, OnnxType type, params IReadOnlyList<object> dimensions) =>
        Add(graph => graph.Message(12, value => WriteTensorInfo(value, name, type, dimensions)));

    /// <summary>Adds an output that is a sequence of maps, such as the ZipMap operator returns.</summary>
    public OnnxModel MapsOutput(string name) =>
        Add(graph =>
            graph.Message(
                12,
                value =>
                {
                    value.Text(1, name);
                    value.Message(
                        2,
                        type =>
                            type.Message(
                                4,
                                sequence =>
                                    sequence.Message(
                                        1,
                                        element =>
                                            element.Message(
                                                5,
                                                map =>
                                                {
                                                    map.Number(1, (long)OnnxType.Int64);
                                                    map.Message(2, of => of.Message(1, t => t.Number(1, 1)));
                                                }
                                            )
                                    )
                            )
                    );
                }
            )
        );

    /// <summary>Adds a constant of 32-bit floats.</summary>
    public OnnxModel Constant(string name, float[] values, params IReadOnlyList<long> dimensions) =>
        Add(graph =>
            graph.Message(
                5,
                tensor =>
                {
                    tensor.Numbers(1, dimensions);
                    tensor.Number(2, (long)OnnxType.Float);
                    tensor.Floats(4, values);
                    tensor.Text(8, name);
                }
            )
        );

    /// <summary>Adds an operator of ai.onnx.</summary>
    public OnnxModel Operator(
        string type,
        string[] inputs,
        string output,
        params IReadOnlyList<OnnxAttribute> attributes
    ) => Operator(type, "", inputs, output, attributes);

    /// <summary>Adds an operator of ai.onnx.ml.</summary>
    public OnnxModel LearnedOperator(
        string type,
        string[] inputs,
        string output,
        params IReadOnlyList<OnnxAttribute> attributes
    ) => Operator(type, MachineLearningDomain, inputs, output, attributes);

    public byte[] ToBytes()
    {
        var model = new ProtoWriter();
        model.Number(1, FormatVersion);
        model.Text(2, "headrace");
        model.Text(6, Description);
        model.Message(
            7,
            graph =>
            {
                graph.Text(2, "graph");
                foreach (var write in _graph)
                    write(graph);
            }
        );
        model.Message(8, version => version.Number(2, OperatorVersion));
        model.Message(
            8,
            version =>
            {
                version.Text(1, MachineLearningDomain);
                version.Number(2, MachineLearningVersion);
            }
        );
        return model.ToBytes();
    }

    private OnnxModel Operator(
        string type,
        string domain,
        string[] inputs,
        string output,
        IReadOnlyList<OnnxAttribute> attributes
    ) =>
        Add(graph =>
            graph.Message(
                1,
                node =>
                {
                    node.Texts(1, inputs);
                    node.Text(2, output);
                    node.Text(4, type);
                    foreach (var attribute in attributes)
                        node.Message(5, attribute.Write);
                    node.Text(7, domain);
                }
            )
        );

    private OnnxModel Add(Action<ProtoWriter> write)
    {
        _graph.Add(write);
        return this;
    }

    private static void WriteTensorInfo(
        ProtoWriter value,
        string name,
        OnnxType elements,
        IReadOnlyList<object> dimensions
    )
    {
        value.Text(1, name);
        value.Message(
            2,
            type =>
                type.Message(
                    1,
                    tensor =>
                    {
                        tensor.Number(1, (long)elements);
                        tensor.Message(
                            2,
                            shape =>
                            {
                                foreach (var dimension in dimensions)
                                    shape.Message(1, one => WriteDimension(one, dimension));
                            }
                        );
                    }
                )
        );
    }

    private static void WriteDimension(ProtoWriter one, object dimension)
    {
        if (dimension is string variable)
            one.Text(2, variable);
        else
            one.Number(1, (int)dimension);
    }
}

/// <summary>The element types, with their numeric values from onnx.proto.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    UInt64 = 13,
}

/// <summary>An attribute of an operator.</summary>
internal sealed record OnnxAttribute(string Name, Action<ProtoWriter> Write)
{
    public static OnnxAttribute Number(string name, long value) => Of(name, 2, attribute => attribute.Number(3, value));

    public static OnnxAttribute Numbers(string name, IEnumerable<long> values) =>
        Of(name, 7, attribute => attribute.Numbers(8, values));

    public static OnnxAttribute Floats(string name, IEnumerable<float> values) =>
        Of(name, 6, attribute => attribute.Floats(7, values));

    public static OnnxAttribute Texts(string name, IEnumerable<string> values) =>
        Of(name, 8, attribute => attribute.Texts(9, values));

    private static OnnxAttribute Of(string name, long type, Action<ProtoWriter> writeValue) =>
        new(
            name,
            attribute =>
            {
                attribute.Text(1, name);
                writeValue(attribute);
                attribute.Number(20, type);
            }
        );
}
