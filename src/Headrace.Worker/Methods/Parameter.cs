using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>Where one parameter of a method's delegate gets its value from.</summary>
internal abstract class Parameter
{
    public abstract object? Read(in MethodCall call);

    /// <summary>
    /// Finds the source by the parameter's type. Throws <see cref="ArgumentException"/> naming the parameter where
    /// there is none.
    /// </summary>
    public static Parameter Of(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(CancellationToken))
            return new Injected(static (in MethodCall call) => call.Attempt.Stop);
        if (type == typeof(IJob))
            return new Injected(static (in MethodCall call) => call.Job);
        if (type == typeof(ReadOnlyMemory<byte>))
            return new Injected(static (in MethodCall call) => call.Job.Body) { IsBody = true };
        if (type == typeof(byte[]))
            return new Injected(static (in MethodCall call) => call.Job.Body.ToArray()) { IsBody = true };
        if (type.IsByRef || type.IsByRefLike || type.IsPointer)
            throw Unusable(
                parameter,
                "its value cannot be kept until the method runs; for the body take ReadOnlyMemory<byte>"
            );
        if (type == typeof(Memory<byte>))
            throw Unusable(parameter, "the body is read-only; take ReadOnlyMemory<byte>, or byte[] for a copy");
        if (typeof(Stream).IsAssignableFrom(type))
            throw Unusable(parameter, "streams are not built yet; take the body as ReadOnlyMemory<byte>");
        return new FromParams(parameter);
    }

    private static ArgumentException Unusable(ParameterInfo parameter, string why, Exception? inner = null) =>
        new($"The parameter '{parameter.Name}' ({parameter.ParameterType.Name}) cannot be filled: {why}", inner);

    public delegate object? Source(in MethodCall call);

    /// <summary>Filled by the worker, no part of the schema.</summary>
    public sealed class Injected(Source source) : Parameter
    {
        public bool IsBody { get; init; }

        public override object? Read(in MethodCall call) => source(call);
    }

    /// <summary>Read from the member of the params object that has the parameter's name.</summary>
    public sealed class FromParams : Parameter
    {
        private readonly JsonTypeInfo _type;
        private readonly object? _default;

        public FromParams(ParameterInfo parameter)
        {
            Name =
                parameter.Name
                ?? throw new ArgumentException("A parameter without a name cannot be filled from the params object.");
            HasDefault = parameter.HasDefaultValue;
            try
            {
                Schema = ParameterSchema.Of(parameter);
                _type = MethodJson.Options.GetTypeInfo(parameter.ParameterType);
                CanBeMade.Check(_type);
            }
            catch (Exception unusable)
                when (unusable is NotSupportedException or ArgumentException or InvalidOperationException)
            {
                throw Unusable(parameter, unusable.Message, unusable);
            }
            // What a caller gets by leaving the parameter out is what he would get by writing the default.
            if (HasDefault)
                _default = Schema["default"] is { } value ? value.Deserialize(_type) : null;
        }

        public string Name { get; }

        public bool HasDefault { get; }

        public JsonObject Schema { get; }

        public override object? Read(in MethodCall call)
        {
            if (!call.Params.TryGetProperty(Name, out var value))
                return _default;
            try
            {
                return value.Deserialize(_type);
            }
            catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
            {
                // Only what a schema does not say gets here: a number too large for its type, a date that is none.
                var path = unreadable is JsonException { Path: { Length: > 1 } inner } ? inner[1..] : "";
                throw new UnreadableParameterException(
                    new Fault($"$.{Name}{path}", $"cannot be read as {Words(_type.Type)}")
                );
            }
        }

        private static string Words(Type type) =>
            (Nullable.GetUnderlyingType(type) ?? type) switch
            {
                var t when t == typeof(int) => "an integer of 32 bits",
                var t when t == typeof(long) => "an integer of 64 bits",
                var t => $"a {t.Name}",
            };
    }
}
