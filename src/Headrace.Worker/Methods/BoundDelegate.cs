using System.Linq.Expressions;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Worker.Methods;

/// <summary>
/// Represents a delegate whose parameters are bound from the UTF-8 JSON of a job. Created once; thread-safe.
/// </summary>
internal sealed class BoundDelegate
{
    private static readonly JsonElement NoParams = JsonElement.Parse("{}"u8);

    private readonly MethodRef _name;
    private readonly Parameter[] _parameters;
    private readonly Func<object?[], object?> _call;

    /// <summary>
    /// Whether an empty params object is valid; jobs without params then skip parsing and validation.
    /// </summary>
    private readonly bool _needsNoParams;

    /// <summary>Binds a delegate.</summary>
    /// <param name="name">The name of the method.</param>
    /// <param name="work">The delegate.</param>
    /// <param name="serviceType">
    /// The type of the parameters that receive an object from the caller of the delegate; null if there are none.
    /// </param>
    public BoundDelegate(MethodRef name, Delegate work, Type? serviceType = null)
    {
        _name = name;
        var signature = work.Method.GetParameters();
        _parameters = [.. signature.Select(parameter => Parameter.Of(parameter, serviceType))];
        if (_parameters.OfType<Parameter.Injected>().Count(p => p.IsBody) > 1)
            throw new ArgumentException(
                "More than one parameter receives the body. Only one parameter can receive it."
            );
        Schema = new MethodSchema(_parameters.OfType<Parameter.FromParams>());
        CheckDefaults();
        _needsNoParams = Schema.Check(NoParams).Count == 0;
        _call = Compile(work);
    }

    public MethodSchema Schema { get; }

    /// <summary>Binds a delegate that creates the input of one job for a stream or batch handler.</summary>
    public static BoundDelegate ForInput<TInput>(MethodRef name, Delegate bind)
    {
        if (!typeof(TInput).IsAssignableFrom(bind.Method.ReturnType))
            throw new ArgumentException(
                $"The bind delegate returns {bind.Method.ReturnType.Name}, but the handler expects the input type "
                    + $"{typeof(TInput).Name}. Use the same type for both."
            );
        return new BoundDelegate(name, bind);
    }

    /// <summary>
    /// Binds the parameters and calls the delegate. Throws <see cref="JobRejectedException"/> with every validation
    /// error of the parameters, or any exception that the delegate itself throws.
    /// </summary>
    public object? Call(JobExecution job, object? service = null)
    {
        object?[] arguments;
        if (_needsNoParams && (job.Params.IsEmpty || job.Params.Span.SequenceEqual("{}"u8)))
        {
            arguments = Read(new MethodCall(job, NoParams, service));
        }
        else
        {
            using var document = Parse(job.Params);
            if (Schema.Check(document.RootElement) is { Count: > 0 } faults)
                throw Rejected(faults);
            arguments = Read(new MethodCall(job, document.RootElement, service));
        }
        return _call(arguments);
    }

    private object?[] Read(in MethodCall call)
    {
        var arguments = new object?[_parameters.Length];
        List<ParamsError>? faults = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            try
            {
                arguments[i] = _parameters[i].Read(call);
            }
            catch (UnreadableParameterException unreadable)
            {
                (faults ??= []).Add(unreadable.Error);
            }
        }
        return faults is null ? arguments : throw Rejected(faults);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> parameters)
    {
        try
        {
            return JsonDocument.Parse(parameters.Length == 0 ? "{}"u8.ToArray() : parameters, MethodJson.Reading);
        }
        catch (JsonException malformed)
        {
            throw new JobRejectedException(
                $"The params are not valid JSON: {JsonErrorDescription.Location(malformed)}.",
                malformed
            );
        }
    }

    private JobRejectedException Rejected(IReadOnlyList<ParamsError> faults) =>
        new($"The params do not match the schema of {_name}: {string.Join("; ", faults)}.");

    private void CheckDefaults()
    {
        foreach (var parameter in _parameters.OfType<Parameter.FromParams>())
            if (
                parameter.HasDefault
                && Schema.CheckParameter(parameter.Name, JsonSerializer.SerializeToElement(parameter.Schema["default"]))
                    is [var paramsError, ..]
            )
                throw new ArgumentException(
                    $"The default value of a parameter violates the parameter's own constraints: {paramsError}."
                );
    }

    /// <summary>
    /// Compiles a call to the delegate. <c>DynamicInvoke</c> would wrap every exception and look up the target on
    /// each call.
    /// </summary>
    private static Func<object?[], object?> Compile(Delegate work)
    {
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");
        var types = work.GetType().GetMethod("Invoke")!.GetParameters();
        var call = Expression.Invoke(
            Expression.Constant(work),
            types.Select(
                (p, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType)
            )
        );
        Expression body =
            call.Type == typeof(void)
                ? Expression.Block(call, Expression.Constant(null))
                : Expression.Convert(call, typeof(object));
        return Expression.Lambda<Func<object?[], object?>>(body, arguments).Compile();
    }
}
