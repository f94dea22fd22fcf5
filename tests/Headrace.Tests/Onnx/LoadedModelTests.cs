using System.Text;
using System.Text.Json.Nodes;
using Headrace.Bench.Onnx;
using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Worker.Onnx.Models;
using Headrace.Worker.Onnx.Serving;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Tests the schemas, rows and errors of loaded models. The models run in this process.</summary>
public sealed class LoadedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inputs_and_outputs_become_the_schemas_of_the_params_and_the_result()
    {
        using var model = Open(
            TestModels.Echo(
                ("price", OnnxType.Float, [1]),
                ("count", OnnxType.Int8, []),
                ("key", OnnxType.Int64, []),
                ("city", OnnxType.String, [1]),
                ("is-new", OnnxType.Bool, [1]),
                ("image", OnnxType.Double, [2, 3]),
                ("tokens", OnnxType.Int32, ["length"])
            )
        );

        AssertJson(
            """
            {
              "type": "object",
              "properties": {
                "price": { "type": "number" },
                "count": { "type": "integer", "minimum": -128, "maximum": 127 },
                "key": { "type": "integer" },
                "city": { "type": "string" },
                "is-new": { "type": "boolean" },
                "image": {
                  "type": "array", "minItems": 2, "maxItems": 2,
                  "items": { "type": "array", "minItems": 3, "maxItems": 3, "items": { "type": "number" } }
                },
                "tokens": {
                  "type": "array", "items": { "type": "integer", "minimum": -2147483648, "maximum": 2147483647 }
                }
              },
              "required": ["price", "count", "key", "city", "is-new", "image", "tokens"],
              "additionalProperties": false
            }
            """,
            model.Signature.Params
        );
        AssertJson("""{ "type": "string" }""", model.Signature.Result["properties"]!["city out"]!);
        Assert.False(model.Signature.TakesBatches, "Rows of different sizes do not fit into one tensor.");
    }

    [Fact]
    public void Values_of_every_type_arrive_and_return()
    {
        using var model = Open(
            TestModels.Echo(
                ("f", OnnxType.Float, [1]),
                ("i", OnnxType.Int8, []),
                ("u", OnnxType.UInt64, []),
                ("s", OnnxType.String, [2]),
                ("b", OnnxType.Bool, [1]),
                ("m", OnnxType.Double, [2, 2])
            )
        );

        var frames = Run(
            model,
            runSize: 2,
            """{"f":0.1,"i":-128,"u":18446744073709551615,"s":["a","ä"],"b":true,"m":[[1,2],[3,1e-300]]}""",
            """{"m":[[0,0],[0,0]],"b":false,"s":["",""],"u":3.0,"i":1e2,"f":-7}"""
        );

        Assert.Equal(
            """{"f out":0.1,"i out":-128,"u out":18446744073709551615,"s out":["a","ä"],"b out":true,"""
                + "\"m out\":[[1,2],[3,1E-300]]}",
            frames[0]
        );
        AssertJson(
            """{"f out":-7,"i out":100,"u out":3,"s out":["",""],"b out":false,"m out":[[0,0],[0,0]]}""",
            JsonNode.Parse(frames[1])!
        );
    }

    [Fact]
    public void The_classes_and_probabilities_of_a_classifier_are_an_object()
    {
        using var model = Open(
            new OnnxModel()
                .Input("x", OnnxType.Float, "rows", 2)
                .MapsOutput("probabilities")
                .LearnedOperator("ZipMap", ["x"], "probabilities", OnnxAttribute.Numbers("classlabels_int64s", [3, 7]))
                .ToBytes()
        );

        AssertJson(
            """{ "type": "object", "additionalProperties": { "type": "number" } }""",
            model.Signature.Result["properties"]!["probabilities"]!
        );
        Assert.Equal(
            ["""{"probabilities":{"3":0.25,"7":0.75}}""", """{"probabilities":{"3":1,"7":0}}"""],
            Run(model, runSize: 8, """{"x":[0.25,0.75]}""", """{"x":[1,0]}""")
        );
    }

    [Fact]
    public void Rows_of_variable_size_run_one_by_one()
    {
        using var model = Open(TestModels.Echo(("tokens", OnnxType.Int32, ["length"])));

        Assert.Equal(
            ["""{"tokens out":[1,2,3]}""", """{"tokens out":[]}""", """{"tokens out":[4]}"""],
            Run(model, runSize: 1, """{"tokens":[1,2,3]}""", """{"tokens":[]}""", """{"tokens":[4]}""")
        );
    }

    [Theory]
    [InlineData("""{"x":[1,2]}""", "x has 2 elements; it must have 3.")]
    [InlineData("""{"x":[1,2,3,4]}""", "x has more elements; it must have 3.")]
    [InlineData("""{"x":[1,"2",3]}""", "x[1] is a string; it must be a number.")]
    [InlineData("""{"x":[1,null,3]}""", "x[1] is null; it must be a number.")]
    [InlineData("""{"x":[1,2,1e39]}""", "x[2] is 1e39; it must be in the range of a 32-bit float.")]
    [InlineData("""{"x":[1,2,1e999]}""", "x[2] is 1e999; it must be in the range of a 32-bit float.")]
    [InlineData("""{"x":3}""", "x is 3; it must be an array.")]
    [InlineData("""{"y":[1,2,3]}""", "The model has no input y. Its inputs are x.")]
    [InlineData("""{}""", "The params do not contain the input x.")]
    [InlineData("", "The params do not contain the input x.")]
    [InlineData("[]", "The params must be an object with the inputs of the model.")]
    public void Params_that_do_not_fit_reject_their_job_alone_with_the_place(string parameters, string message)
    {
        using var model = Open(TestModels.Sum());

        Assert.Equal(
            [$"Reject: {message}", """{"sum":6}""", """{"sum":15}"""],
            Run(model, runSize: 8, parameters, """{"x":[1,2,3]}""", """{"x":[4,5,6]}""")
        );
    }

    [Theory]
    [InlineData("1.5", "a whole number")]
    [InlineData("128", "from -128 to 127")]
    [InlineData("1e300", "from -128 to 127")]
    [InlineData("true", "a whole number")]
    public void A_number_that_is_not_in_the_type_of_its_input_is_rejected(string number, string expected)
    {
        using var model = Open(TestModels.Echo(("n", OnnxType.Int8, [])));

        Assert.Equal(
            [$"Reject: n is {number}; it must be {expected}."],
            Run(model, runSize: 1, $$"""{"n":{{number}}}""")
        );
    }

    [Fact]
    public void A_number_that_JSON_cannot_express_fails_its_job_alone()
    {
        using var model = Open(TestModels.Log());

        Assert.Equal(
            [
                """{"log":0}""",
                "Fail InvalidResult: The model returned NaN for log, which JSON cannot represent.",
                "Fail InvalidResult: The model returned -Infinity for log, which JSON cannot represent.",
            ],
            Run(model, runSize: 8, """{"x":1}""", """{"x":-1}""", """{"x":0}""")
        );
    }

    [Fact]
    public void A_row_for_which_the_model_fails_does_not_affect_the_rows_beside_it()
    {
        using var model = Open(TestModels.Lookup());

        var ends = Run(model, runSize: 3, """{"index":0}""", """{"index":7}""", """{"index":2}""");

        Assert.Equal(("""{"value":10}""", """{"value":30}"""), (ends[0], ends[2]));
        Assert.Matches("^Fail ModelError: .*Gather.*idx=7", ends[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void Every_job_of_a_call_gets_the_result_of_its_own_row_however_the_call_is_split(int runSize)
    {
        using var model = Open(TestModels.Sum());

        var ends = Run(model, runSize, [.. Enumerable.Range(0, 20).Select(i => $$"""{"x":[{{i}},{{100 * i}},0.5]}""")]);

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => FormattableString.Invariant($$"""{"sum":{{(101 * i) + 0.5}}}""")),
            ends
        );
    }

    [Fact]
    public void Only_the_chosen_outputs_are_returned()
    {
        var file = Write(TestModels.Echo(("a", OnnxType.Float, [1]), ("b", OnnxType.Float, [1])));
        using var model = LoadedModel.Open(file with { Outputs = ["b out"] });

        Assert.Equal(["""{"b out":2}"""], Run(model, runSize: 1, """{"a":1,"b":2}"""));
        Assert.Equal(
            "The model has no output c. Its outputs are a out, b out.",
            Refused(file with { Outputs = ["c"] })
        );
    }

    [Fact]
    public void An_output_that_has_one_row_for_every_batch_is_left_out()
    {
        using var model = Open(
            new OnnxModel()
                .Input("x", OnnxType.Float, "rows", 1)
                .Output("y", OnnxType.Float, "rows", 1)
                .Output("unused", OnnxType.Float, 1, 2)
                .Constant("numbers", [1, 2], 1, 2)
                .Operator("Neg", ["x"], "y")
                .Operator("Identity", ["numbers"], "unused")
                .ToBytes()
        );

        Assert.Equal(["""{"y":-1}""", """{"y":-2}"""], Run(model, runSize: 2, """{"x":1}""", """{"x":2}"""));
    }

    [Fact]
    public void A_model_with_a_batch_size_of_1_runs_one_row_at_a_time()
    {
        using var model = Open(
            new OnnxModel()
                .Input("x", OnnxType.Float, 1, 2)
                .Output("y", OnnxType.Float, 1, 2)
                .Operator("Neg", ["x"], "y")
                .ToBytes()
        );

        Assert.False(model.Signature.TakesBatches, "The batch size is fixed.");
        Assert.Equal(
            ["""{"y":[-1,-2]}""", """{"y":[-3,-4]}"""],
            Run(model, runSize: 1, """{"x":[1,2]}""", """{"x":[3,4]}""")
        );
    }

    public static TheoryData<string, string> Refusals =>
        new()
        {
            { "unknown operator", "^score.onnx cannot be loaded: .*NoSuchOperator" },
            { "wrong shape", "^(score.onnx cannot be loaded|The model cannot run with 1 row of zeros): .*[Dd]im" },
            { "damaged", "^score.onnx cannot be loaded: .*[Pp]rotobuf parsing failed" },
            { "text", "^score.onnx cannot be loaded: " },
            { "empty", "^score.onnx cannot be loaded: " },
            { "float16", "^The input x has the element type Float16. Supported types: Float, " },
            { "scalar", "^The input x has no dimensions. Its first dimension must be the number of rows in a batch" },
            { "batch of 8", "^The first dimension of the input x is 8. It must be the number of rows in a batch" },
            { "mean of all", "^The output y has 1 rows for 2 rows of input" },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_model_that_cannot_be_a_method_is_refused_with_the_reason(string kind, string reason) =>
        Assert.Matches(reason, Refused(Write(RefusedModel(kind))));

    [Fact]
    public void A_model_with_other_inputs_or_outputs_has_another_signature()
    {
        using var one = Open(TestModels.Sum());
        using var other = Open(TestModels.Sum(factor: 2));
        using var renamed = Open(TestModels.Sum(output: "total"));
        using var retyped = Open(TestModels.Echo(("x", OnnxType.Double, [3])));

        Assert.Equal(one.Signature.Fingerprint, other.Signature.Fingerprint);
        Assert.Equal(
            3,
            new[] { one, renamed, retyped }.Select(model => model.Signature.Fingerprint).Distinct().Count()
        );
    }

    private static byte[] RefusedModel(string kind) =>
        kind switch
        {
            "unknown operator" => TestModels.UnknownOperator(),
            "wrong shape" => TestModels.WrongShape(),
            "damaged" => TestModels.Sum()[..40],
            "text" => Encoding.UTF8.GetBytes("This is not a model."),
            "empty" => [],
            "float16" => TestModels.Echo(("x", OnnxType.Float16, [1])),
            "scalar" => Identity([], []),
            "batch of 8" => Identity([8, 3], [8, 3]),
            _ => new OnnxModel()
                .Input("x", OnnxType.Float, "rows", 3)
                .Output("y", OnnxType.Float, "means", 1)
                .Operator("ReduceMean", ["x"], "y", OnnxAttribute.Number("keepdims", 1))
                .ToBytes(),
        };

    private static byte[] Identity(object[] input, object[] output) =>
        new OnnxModel()
            .Input("x", OnnxType.Float, input)
            .Output("y", OnnxType.Float, output)
            .Operator("Identity", ["x"], "y")
            .ToBytes();

    private static List<string> Run(LoadedModel model, int runSize, params string[] parameters)
    {
        var ends = new SortedDictionary<uint, string>();
        var scorer = new BatchScorer(
            model,
            runSize,
            frame =>
            {
                var (id, text) = frame switch
                {
                    WarmFrame.Result result => (result.Id, Encoding.UTF8.GetString(result.Bytes.Span)),
                    WarmFrame.Error { Type: WarmFrame.Error.NoType } error => (
                        error.Id,
                        $"{error.Kind}: {error.Message}"
                    ),
                    WarmFrame.Error error => (error.Id, $"{error.Kind} {error.Type}: {error.Message}"),
                    _ => throw new InvalidOperationException($"{frame} does not end a job."),
                };
                ends.Add(id, text);
            }
        );
        scorer.Run([
            .. parameters.Select((text, i) => new WarmJob((uint)i, 0, 1, Encoding.UTF8.GetBytes(text), "", default)),
        ]);
        Assert.Equal(parameters.Length, ends.Count);
        return [.. ends.Values];
    }

    private static void AssertJson(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());

    private static string Refused(ModelFile file) =>
        Assert.Throws<HeadraceException>(() => LoadedModel.Open(file).Dispose()).Message;

    private LoadedModel Open(byte[] model) => LoadedModel.Open(Write(model));

    private ModelFile Write(byte[] model)
    {
        var path = Path.Combine(_folder.Path, "score.onnx");
        File.WriteAllBytes(path, model);
        return new ModelFile(path);
    }
}
