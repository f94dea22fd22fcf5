using System.Buffers;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Onnx.Models;
using Headrace.Worker.Onnx.Rows;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Serving;

/// <summary>
/// A model in memory, with a column for each input and output. Rows are read into the columns, the model runs over some
/// of them, and their results are written as JSON. Not thread-safe.
/// </summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly RowReader _reader;
    private readonly InputColumn[] _inputs;
    private readonly OutputColumn[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly ArrayBufferWriter<byte> _result = new();
    private readonly Utf8JsonWriter _json;
    private int _firstRow;

    private LoadedModel(InferenceSession session, ModelSignature signature)
    {
        (_session, Signature) = (session, signature);
        _inputs = [.. signature.Inputs.Select(InputColumns.Create)];
        _outputs = [.. signature.Outputs.Select(OutputColumns.Create)];
        _inputNames = [.. signature.Inputs.Select(input => input.Name)];
        _outputNames = [.. signature.Outputs.Select(output => output.Name)];
        _reader = new RowReader(_inputs);
        _json = new Utf8JsonWriter(
            _result,
            new JsonWriterOptions { Encoder = OutputColumn.Encoder, SkipValidation = true }
        );
    }

    public ModelSignature Signature { get; }

    /// <summary>Gets the description in the metadata of the model; empty if there is none.</summary>
    public string Description => _session.ModelMetadata.Description?.Trim() ?? "";

    /// <summary>
    /// Loads a model and runs it once or twice. Throws <see cref="HeadraceException"/> if it cannot be the
    /// implementation of a method.
    /// </summary>
    public static LoadedModel Open(ModelFile file)
    {
        var session = file.Load();
        try
        {
            var model = new LoadedModel(session, ModelSignature.Of(session, file.Outputs));
            model.WarmUp(1);
            if (model.Signature.TakesBatches)
                model.WarmUp(2);
            return model;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Reads the params of a job as a row.</summary>
    /// <exception cref="InvalidRowException">They do not fit the inputs of the model.</exception>
    public void Read(ReadOnlyMemory<byte> parameters, int row) => _reader.Read(parameters.Span, row);

    /// <summary>Runs the model over rows that were read.</summary>
    /// <exception cref="OnnxRuntimeException">The model failed.</exception>
    /// <exception cref="InvalidOutputException">The outputs do not have one row for each input row.</exception>
    public void Run(int firstRow, int rows)
    {
        _firstRow = firstRow;
        var values = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = _inputs[i].ToTensor(firstRow, rows);
            using var results = _session.Run(_options, _inputNames, values, _outputNames);
            foreach (var (i, result) in results.Index())
                _outputs[i].Read(result, rows);
        }
        finally
        {
            foreach (var value in values)
                value?.Dispose();
        }
    }

    /// <summary>Returns the result of a row in the last run, as JSON.</summary>
    /// <exception cref="InvalidOutputException">The result contains a value that JSON cannot express.</exception>
    public byte[] ResultOf(int row)
    {
        _result.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        foreach (var output in _outputs)
            output.Write(_json, row - _firstRow);
        _json.WriteEndObject();
        _json.Flush();
        return _result.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Runs the model over rows of zeros, so that the first job does not wait for the model's first-run preparations.
    /// Throws <see cref="HeadraceException"/> if the model cannot run.
    /// </summary>
    public void WarmUp(int rows)
    {
        foreach (var input in _inputs)
            for (var row = 0; row < rows; row++)
                input.SetToZero(row);
        try
        {
            Run(0, rows);
        }
        // A model with variable dimensions may be unable to run with a size of 1 in each of them.
        catch (OnnxRuntimeException) when (_inputs.Any(input => !input.Input.HasFixedRow)) { }
        catch (OnnxRuntimeException failed)
        {
            throw new HeadraceException(
                $"The model cannot run with {(rows == 1 ? "1 row" : $"{rows} rows")} of zeros: "
                    + ModelFile.ReasonOf(failed)
            );
        }
        catch (InvalidOutputException invalid)
        {
            throw new HeadraceException(invalid.Message);
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
