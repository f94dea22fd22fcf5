using System.Collections.Frozen;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Worker.Executors;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>
/// Represents a method of this worker: the offer to the server, and the executor of the method's jobs.
/// </summary>
/// <param name="Name">The name and version; the version is never 0.</param>
/// <param name="Schema">The JSON Schema of the params, as JSON text.</param>
/// <param name="Shape">Specifies how the executor receives jobs.</param>
/// <param name="Executor">Runs the jobs.</param>
internal sealed record Method(MethodRef Name, string Schema, Shape Shape, IMethodExecutor Executor)
{
    /// <summary>Gets the JSON Schema of the result, as JSON text; empty for any result.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>Gets the error types after which a job fails at once, even if it has retries left.</summary>
    public IReadOnlySet<string> PermanentErrors { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Creates a method that calls a delegate for each job.</summary>
    public static Method Of(MethodRef name, Delegate method)
    {
        var bound = new BoundDelegate(name, method);
        return new Method(name, bound.Schema.Text, Shape.Single, new DelegateExecutor(bound, method.Method.ReturnType));
    }

    /// <summary>Creates a method that processes many jobs concurrently in one call.</summary>
    public static Method OfStream<TInput>(
        MethodRef name,
        int maxConcurrency,
        Delegate bind,
        Func<JobReader<TInput>, Task> handler
    )
    {
        var bound = BoundDelegate.ForInput<TInput>(name, bind);
        return new Method(
            name,
            bound.Schema.Text,
            new Shape(ShapeKind.Stream, maxConcurrency, TimeSpan.Zero),
            new StreamExecutor<TInput>(bound, handler)
        );
    }

    /// <summary>Creates a method that processes jobs in batches.</summary>
    public static Method OfBatch<TInput>(
        MethodRef name,
        int maxBatchSize,
        TimeSpan maxWait,
        Delegate bind,
        Func<IReadOnlyList<JobLease<TInput>>, Task> handler
    )
    {
        var bound = BoundDelegate.ForInput<TInput>(name, bind);
        return new Method(
            name,
            bound.Schema.Text,
            new Shape(ShapeKind.Batch, maxBatchSize, maxWait),
            new BatchExecutor<TInput>(bound, handler)
        );
    }

    /// <summary>Creates a method with a custom executor.</summary>
    public static Method Of(MethodRef name, ExecutorOptions options, IMethodExecutor executor) =>
        new(name, Json(options.Schema, nameof(options.Schema)), options.ToShape(), executor)
        {
            ResultSchema =
                options.ResultSchema.Length == 0 ? "" : Json(options.ResultSchema, nameof(options.ResultSchema)),
        };

    /// <summary>
    /// Creates a substitute for a method that this worker does not have. It fails the jobs of that method.
    /// </summary>
    public static Method Unknown(MethodRef name) =>
        new(name, """{"type":"object"}""", Shape.Single, new UnknownMethodExecutor());

    private static string Json(string schema, string option)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? schema
                : throw new ArgumentException($"{option} is not a JSON object. Use a JSON Schema, such as {{}}.");
        }
        catch (JsonException malformed)
        {
            throw new ArgumentException(
                $"{option} is not valid JSON: {JsonErrorDescription.Location(malformed)}.",
                malformed
            );
        }
    }
}
